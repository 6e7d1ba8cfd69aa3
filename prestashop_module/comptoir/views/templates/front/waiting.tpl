{**
 * @license AFL-3.0
 *}
{extends file='page.tpl'}
{block name='page_title'}{l s='Your payment is being confirmed' d='Modules.Comptoir.Shop'}{/block}
{block name='page_content'}
  <div class="comptoir-page" role="status" aria-live="polite">
    {if $comptoir_refreshes}
      <p>{l s='We are waiting for the answer of your bank. This page refreshes by itself.' d='Modules.Comptoir.Shop'}</p>
    {else}
      <p>{l s='The answer is taking longer than usual. As soon as the payment is confirmed your order is recorded and you receive an e-mail: you can close this page.' d='Modules.Comptoir.Shop'}</p>
    {/if}
    <p class="comptoir-actions">
      <a class="btn btn-primary" href="{$comptoir_next|escape:'html':'UTF-8'}">{l s='Check now' d='Modules.Comptoir.Shop'}</a>
      {if $comptoir_again}
        <a class="btn btn-outline-primary btn-secondary" href="{$comptoir_again|escape:'html':'UTF-8'}">{l s='Return to the payment page' d='Modules.Comptoir.Shop'}</a>
      {/if}
    </p>
  </div>
{/block}
